// 공연장 편집기의 한국어 문구.

/** @type {typeof import('./editor-en.js').en} */
export const ko = {
  editor: '공연장 편집기', newHall: '새 공연장', keep: '저장', kept: '공연장을 저장했습니다.', unsaved: '아직 저장하지 않았습니다.', undo: '실행 취소', redo: '다시 실행',
  canvasLabel: '공연장. Page Down과 Page Up으로 열, Alt와 화살표로 좌석을 고르고, 화살표로 옮기고, Delete로 지우고, Ctrl+D로 복제하고, Ctrl+Z로 되돌립니다. 마우스: 열은 한 번, 좌석은 두 번 클릭, 끌어서 범위 선택, 고른 것을 끌어서 이동, Alt와 끌기로 화면 이동.',
  nothingChosen: '고른 것이 없습니다.', seats: (count) => `좌석 ${count}`, rows: (count) => `열 ${count}`,
  add: '추가', addIt: '추가하기', what: '종류', added: { block: '앞뒤로 여러 열', row: '한 열', table: '원형 테이블', area: '스탠딩 구역' },
  rowsHow: '열 수', seatsHow: '열이나 테이블의 좌석 수, 또는 인원', radius: '첫 열의 반지름(m, 0: 직선)', made: '추가했습니다.', removed: '지웠습니다.',
  withChosen: '고른 것', duplicate: '복제', turn: '회전', straight: '한 줄로', evenly: '같은 간격', remove: '지우기', kind: '좌석 종류', apply: '적용',
  numbering: '번호', schemes: { right: '왼쪽부터', left: '오른쪽부터', odd: '홀수', even: '짝수', middle: '가운데부터 홀수와 짝수' }, first: '첫 번호', numberThem: '번호 매기기',
  skip: 'I와 O 건너뛰기', nameRows: '열 이름 A, B, C …', ifOther: '바꿀 때만', bend: '휘기', hall: '공연장',
  unlock: '이름 변경 허용', unlockText: '판매 중인 회차는 구역, 열, 좌석 이름으로 새 버전에 옮겨집니다. 판매된 좌석의 이름이 바뀌면 옮길 수 없습니다.',
  locked: '저장된 공연장에서는 이름 변경을 허용해야 지울 수 있습니다.', trace: '따라 그릴 그림', traceWidth: '그림의 너비(m)',
  outlines: '무대와 윤곽', outlinesText: '공연장에서 꼭짓점을 끌거나 위치를 미터로 입력하세요. y는 무대에서 멀어질수록 커집니다.', width: '너비(m)', depth: '깊이(m)', middleX: '중심 x', middleY: '중심 y', asRectangle: '직사각형으로',
  corner: '꼭짓점', oneMore: '꼭짓점 추가', outlineDone: '윤곽 마치기', asBuyersSee: '구매자 화면 미리 보기',
  signs: '공연장에 쓰인 글자', text: '글자', letters: '글자 높이(m)',
  wrong: '잘못된 곳이 있습니다', show: '보기',
  rules: { empty: '아직 좌석이 없습니다.', noName: '공연장 이름이 없습니다.', noSection: '구역이 없는 열:', noGrade: '등급이 없음:', noLabel: '번호가 없는 좌석:', twice: '열에서 두 번 나오는 번호:',
    rowTwice: '구역에서 두 번 나오는 열:', onTop: '다른 좌석과 겹침:', noRoom: '인원이 없음:' },
  seatCount: '좌석', version: '버전', export: '파일로', import: '파일에서 읽기', importText: 'CSV(section,row,seat,grade, 엑셀 파일 가능) 또는 pretix 좌석 배치도. 잘못된 곳은 줄 번호로 알려 줍니다.', file: '파일',
};
