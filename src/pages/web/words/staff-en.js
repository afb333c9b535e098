// Logging in and the frame of the staff's pages, in English. It is the type of all languages.

export const en = {
  staffLogIn: 'Log in to the desk', staffKey: 'Staff key',
  staffKeyHint: 'The first one is printed when the program starts for the first time; more are made under "Keys". It is not stored: this tab gets a session that ends by itself.',
  demoOperator: 'Demonstration: log in as the operator', sessionEnds: 'The session ends in', buyersPages: 'What buyers see',
  nothingAllowed: 'This key has no scope that opens anything here. Ask whoever made it.',
  scopes: { manage: 'manage', sell: 'sell', door: 'door', report: 'report' },
};
