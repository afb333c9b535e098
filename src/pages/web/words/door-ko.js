// 입장 확인 화면의 한국어 문구.

/** @type {typeof import('./door-en.js').en} */
export const ko = {
  door: '입장', which: '어느 회차, 어느 게이트인가요?', gate: '게이트', gateHint: '부르는 이름 그대로: 동문, B게이트. 게이트별로 집계됩니다. 비워 두어도 됩니다.', begin: '티켓 확인 시작', change: '바꾸기',
  ready: '준비됨. 티켓을 보여 주세요.',
  kinds: { asking: '확인 중 …', in: '입장', again: '이미 입장', no: '입장 불가', held: '잠시 대기' },
  refusals: {
    ticket_not_found: '없는 티켓입니다. 여기서 팔지 않았거나, 다른 사람에게 새 코드로 넘어갔습니다.', ticket_cancelled: '환불된 티켓입니다.',
    other_performance: '다른 회차의 티켓입니다.', checked_in: '이미 입장한 티켓입니다.', slow_down: '너무 빠릅니다. 잠시 후 다시 보여 주세요.',
    scope_missing: '이 키로는 입장을 확인할 수 없습니다. 키를 만든 사람에게 문의하세요.', performance_not_found: '없는 회차입니다. 회차를 다시 고르세요.',
  },
  noCode: '티켓 코드가 아닙니다.', firstAt: '첫 입장', inBefore: '네트워크가 끊기기 전에 이미 입장했습니다.', byList: '목록으로 확인: 나중에 서버에 전송됩니다.',
  notOnList: '목록에 없습니다. 목록을 받은 뒤에 팔렸거나, 환불되었거나, 다른 회차이거나, 가짜입니다.',
  noList: '이 기기에 목록이 없어 네트워크 없이는 입장시킬 수 없습니다. TLS로 접속하면 목록을 자동으로 받습니다.',
  strict: '이 공연장은 서버의 응답 없이는 입장시키지 않습니다. 네트워크가 돌아오면 다시 보여 주세요.', lenient: '목록으로 입장시킵니다. 네트워크가 돌아오면 서버에 전송됩니다.',
  offline: '네트워크 없음.', listOf: '목록의 티켓 수와 받은 시각', unsent: '아직 전송되지 않은 입장', sent: '나중에 전송된 입장',
  doubles: '네트워크 없이 두 게이트에서 두 번 입장했습니다:', notAllWell: '네트워크 없이 잘못 입장시켰습니다:', here: '여기',
  results: { checked_in: '입장', double: '이미 다른 사람이 입장', cancelled: '환불된 티켓', unknown: '없는 티켓' },
  inside: '입장 인원', noGate: '게이트 미지정', doublesSoFar: '두 번 입장', past: '최근 확인', undo: '입장 취소', undone: '취소됨: 다시 입장할 수 있습니다.', undoHint: '취소한 내용과 이유는 기록에 남습니다.',
  reason: '이유', reasons: ['다시 나감', '잘못 스캔함', '다른 게이트로 보냄'],
  typed: '코드 직접 입력', check: '확인', photo: '코드 사진', noCodeInPhoto: '사진에서 코드를 찾지 못했습니다. 빛 반사 없이 더 가까이 찍어 주세요.',
  scanner: '바코드 스캐너는 이 화면 어디서나 바로 쓸 수 있습니다.',
  cameraOn: '카메라 켜기', cameraOff: '카메라 끄기', otherCamera: '다른 카메라', cameraDenied: '브라우저가 카메라를 허용하지 않았습니다. 설정에서 허용하거나 사진, 스캐너, 직접 입력을 쓰세요.',
  cameraMissing: '쓸 수 있는 카메라가 없습니다. 다른 앱이 쓰고 있을 수 있습니다. 사진, 스캐너, 직접 입력을 쓰세요.',
  unkept: '경고를 넘긴 인증서입니다. 카메라와 목록은 되지만, 네트워크가 없을 때 새로고침하면 화면이 다시 열리지 않습니다. 이 기기에서 공연장의 인증 기관을 신뢰하도록 설정하세요(boxoffice certificate).',
  withoutTls: 'TLS가 아니면 브라우저가 카메라와 목록을 쓸 수 없습니다. 사진, 바코드 스캐너, 직접 입력은 쓸 수 있습니다.',
};
