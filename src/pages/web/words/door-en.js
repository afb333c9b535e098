// The door in English. It is the type of all languages.

export const en = {
  door: 'Door', which: 'Which evening, which gate?', gate: 'Gate', gateHint: 'As people call it: East, Door B. The figures are told apart by it. It may stay empty.', begin: 'Scan tickets', change: 'Change',
  ready: 'Ready. Show a ticket.',
  kinds: { asking: 'One moment …', in: 'Come in', again: 'Already in', no: 'Not valid', held: 'Please wait' },
  refusals: {
    ticket_not_found: 'No such ticket: it was not sold here, or somebody else has it by a newer code.', ticket_cancelled: 'It was refunded.',
    other_performance: 'It is for another performance.', checked_in: 'Somebody came in by it.', slow_down: 'Too fast. Show it again in a moment.',
    scope_missing: 'This key may not let anybody in. Ask whoever made it.', performance_not_found: 'This performance is gone. Choose the evening again.',
  },
  noCode: 'That is no ticket’s code.', firstAt: 'First', inBefore: 'Somebody came in by it before the network was lost.', byList: 'By the list: the office is told later.',
  notOnList: 'It is not on the list: sold after it was fetched, refunded, for another performance, or false.',
  noList: 'There is no list on this device, so that nobody can be let in without a network. With TLS it is fetched by itself.',
  strict: 'This venue lets nobody in without the office’s answer. Show it again when the network is back.', lenient: 'People are let in by the list. The office is told when the network is back.',
  offline: 'No network.', listOf: 'Tickets on the list, and of when', unsent: 'Not told to the office yet', sent: 'Told to the office later',
  doubles: 'Let in twice by two doors without a network:', notAllWell: 'Let in without a network, and not rightly:', here: 'here',
  results: { checked_in: 'in', double: 'somebody else was in by it', cancelled: 'had been refunded', unknown: 'no such ticket' },
  inside: 'Inside', noGate: 'no gate said', doublesSoFar: 'Let in twice', past: 'The last ones', undo: 'Undo', undone: 'Undone: the ticket lets in again.', undoHint: 'What is undone stands in the audit with its reason.',
  reason: 'Why', reasons: ['Went out again', 'Scanned by mistake', 'Sent to another gate'],
  typed: 'Type the code', check: 'Check', photo: 'Photo of the code', noCodeInPhoto: 'There is no code to be found in it. Closer, and without glare.',
  scanner: 'A hardware scanner works at once and everywhere on this page.',
  cameraOn: 'Switch the camera on', cameraOff: 'Switch the camera off', otherCamera: 'Other camera', cameraDenied: 'The browser does not let this page see. Allow the camera in its settings, or use a photo, a scanner or the keyboard.',
  cameraMissing: 'No camera is to be had: another app may have it. Use a photo, a scanner or the keyboard.',
  unkept: 'This certificate was waved through, not trusted: the camera and the list work, but without a network the page does not come again after a reload. Better: trust the venue’s own authority on this device (boxoffice certificate).',
  withoutTls: 'Without TLS the browser gives no camera and keeps no list. A photo, a hardware scanner and the keyboard work.',
};
