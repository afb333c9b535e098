// The words in English. They are the type of all languages.

import { problems } from './problems-en.js';

export const en = {
  problems,
  // around every screen
  skip: 'Skip to the content', menu: 'Menu', language: 'Language', forDevelopers: 'For developers', loading: 'One moment …',
  again: 'Try again', showMore: 'Show more', no: 'No, thank you', unknown: 'not known', remove: 'Remove',
  logIn: 'Log in', logOut: 'Log out', signUp: 'Make an account', tickets: 'Tickets', account: 'Account',
  // accounts
  email: 'E-mail address', password: 'Password', passwordRule: '8 characters or more.', name: 'Name',
  noAccount: 'No account yet?', haveAccount: 'You have an account?',
  // what is on
  onSale: 'On sale', concert: 'Concert', nothingOnSale: 'Nothing is on sale yet.', setUpHere: 'You run this venue? Set up the first concert here.',
  onSaleAt: 'On sale from', queueOpensAt: 'The line opens', waitingNow: 'waiting now', date: 'Date', noDates: 'No dates yet.',
  freeSeats: 'free', soldOut: 'sold out',
  queueStates: { open: 'On sale', paused: 'Paused for a moment', draining: 'Last buyers', closed: 'Closed' },
  howItGoes: 'How it goes', stepWait: 'You get a number and wait your turn; closing the page costs you nothing.',
  stepChoose: 'Once you are let in there is time to choose', stepHold: 'A seat that you tap is yours at once, for',
  stepPay: 'You pay from your balance, and the tickets are here.', seatsPerUser: 'Seats of one date per person',
  balanceFirst: 'Have your balance ready before your turn comes.', join: 'Join the line',
  drawPromise: 'Everyone who joins before the sale has the same chance: numbers are drawn when it begins.',
  backToPlace: 'Back to your place in line', goIn: 'It is your turn: go in',
  // the waiting room
  waitingRoom: 'Waiting room', ahead: 'Ahead of you', progress: 'How far the line has come', yourNumber: 'Your number',
  nowServing: 'Now serving', estimate: 'Estimated wait', lessThanMinute: 'less than a minute', beforeDraw: 'You are in the draw.',
  updatedAgo: (/** @type {string} */ ago) => `Last updated: ${ago} ago`, whatNext: 'What happens next',
  nextText: 'This page goes in by itself when your turn comes. With the sound on it also rings.',
  queuePaused: 'The venue has paused for a moment: nobody is let in. The order stays as it is.',
  placeKept: 'Your place is kept if you reload, open another tab or lose the network.', trySound: 'Try the sound',
  checkDraw: 'Check the draw', leaveQueue: 'Give up my place', leaveSure: 'Give up your place in line? It cannot be got back.',
  offlineWaiting: 'No network. Your place is kept at the box office; this page asks again by itself.', yourTurn: 'It is your turn.',
  placeOver: 'This place in line is over', keptReplaced: 'Nothing is lost: the newer place goes on where you joined.',
  keptAfterEnd: 'Your account, balance and tickets are kept. Seats that were held are free again, and nothing was taken for them.',
  joinAgain: 'Go on', toConcert: 'To the concert', chosenTickets: 'Your tickets',
  drawHow: 'The office published the hash of a secret seed before the sale. Now the seed is known: your browser computes everybody’s order from it.',
  drawNeedsTls: 'This browser computes hashes only on pages with TLS.', drawEntries: 'Took part', drawSeed: 'Seed and published hash',
  drawOrder: 'Numbers and seed', fits: 'they fit', fitsNot: 'they do NOT fit',
  // choosing
  chooseSeats: 'Choose seats', timeToChoose: 'Time to choose', bestSeats: 'The best free seats', grade: 'Price level', quantity: 'How many',
  holdBest: 'Hold the best', list: 'Seats as a list', map: 'Seat map',
  mapLabel: 'Seat map. Arrow keys go from seat to seat, Enter holds, plus and minus zoom.', stage: 'STAGE', closer: 'Closer', further: 'Further',
  wholeHall: 'Whole hall', notLive: 'Connecting: what you see may be some seconds old.', instead: 'Taken just now. One of these instead?',
  row: (/** @type {string} */ row) => `Row ${row}`,
  seat: (/** @type {string} */ section, /** @type {string} */ row, /** @type {string} */ label) => `${section}, row ${row}, seat ${label}`,
  seatStates: { available: 'free', held: 'being bought', sold: 'sold', blocked: 'not for sale', mine: 'yours' },
  seatKinds: { standard: 'standard', wheelchair: 'wheelchair place', companion: 'companion’s seat', restricted_view: 'restricted view' },
  relaxed: { no_lone_seat: 'A single seat stays free beside them.', side_by_side: 'They are not all side by side.',
    nobody_alone: 'One of them is apart from the others.', full_view: 'Not all of them have a full view.' },
  heldNow: (/** @type {string} */ seats) => `Held for you: ${seats}`, released: (/** @type {string} */ seat) => `Let go: ${seat}`,
  yourSeats: 'Your seats', nothingHeld: 'None yet. Tap a seat, and it is held for you.', total: 'Total', keptFor: 'Kept for you for',
  timeLeft: (/** @type {string} */ time) => `${time} left`, toPay: 'Go on to payment',
  // paying
  pay: 'Payment', balance: 'Balance', missing: 'Missing', topUp: 'Top up', topUpAmount: 'Top up by', changeSeats: 'Change seats',
  topUpAtCounter: 'Balances are topped up at the counter. Your seats stay held meanwhile, as long as the time above.',
  payNow: (/** @type {string} */ amount) => `Pay ${amount}`, paying: 'Paying …',
  payUnknown: 'The answer is late. We ask again until we know whether it went through; you cannot pay twice.', paid: 'Paid. Here are your tickets.',
  // tickets
  ticket: 'Ticket', noTickets: 'No tickets yet.', paidAt: 'Paid', keptTickets: 'Kept in this browser', qrAlt: 'Code for the door',
  seatWord: 'Seat', when: 'When', where: 'Where', price: 'Price', ticketHint: 'Show the code at the door.', printA4: 'Print (A4)',
  printRoll: 'Print (80 mm)', calendar: 'Into the calendar', allTickets: 'All tickets',
  history: 'History', what: 'What', amount: 'Amount', postings: { top_up: 'Top-up', payment: 'Tickets' },
  // the first look
  demoTitle: 'This is a demonstration', demoText: 'A concert is on sale, and all of it is thrown away at the end. Who would you like to be?',
  demoBuyer: 'A buyer', demoBeBuyer: 'Log in as the buyer', demoYouAre: 'that is you now', demoOperator: 'The operator', demoDesk: 'the operator’s API', demoKey: 'Key',
  setUp: 'Set up a concert', setUpText: 'Four steps, and the first concert is on sale. All of it can be changed later by the operator’s API.',
  operatorKey: 'Operator’s key', operatorKeyHint: 'The first start of the program prints it. It is not stored in this browser.',
  venueName: 'Name of the venue', currency: 'Currency (ISO 4217)', timeZone: 'Time zone (IANA)', hallName: 'Name of the hall',
  rowsEach: 'Rows (A, B, C …)', seatsEach: 'Seats in each row', section: 'Section', concertTitle: 'Title of the concert',
  startsAt: 'Begins', atVenue: 'on the venue’s clock', seatPrice: 'Price of a seat', saleFrom: 'Sale begins (empty: at once)', makeIt: 'Put it on sale',
  setUpDone: 'It is on sale.', stepVenue: 'The venue', stepHall: 'The hall', stepConcert: 'The concert', stepDate: 'Its first date',
};
