// 직원 페이지의 로그인과 틀에 쓰이는 한국어 문구.

/** @type {typeof import('./staff-en.js').en} */
export const ko = {
  staffLogIn: '데스크 로그인', staffKey: '직원 키',
  staffKeyHint: '첫 키는 프로그램을 처음 시작할 때 출력되고, 나머지는 "키" 화면에서 만듭니다. 저장되지 않으며, 이 탭에서만 쓰는 시간 제한 세션이 열립니다.',
  demoOperator: '데모: 운영자로 로그인', sessionEnds: '세션 종료까지', buyersPages: '구매자 화면',
  nothingAllowed: '이 키로는 여기서 열 수 있는 화면이 없습니다. 키를 만든 사람에게 문의하세요.',
  scopes: { manage: '관리', sell: '판매', door: '입장', report: '보고' },
};
