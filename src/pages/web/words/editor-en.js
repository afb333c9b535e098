// The hall editor's words in English. They are the type of all languages.

export const en = {
  editor: 'Hall editor', newHall: 'New hall', keep: 'Save', kept: 'The hall is saved.', unsaved: 'Not saved yet.', undo: 'Undo', redo: 'Redo',
  canvasLabel: 'The hall. Page Down and Page Up choose a row, Alt with an arrow a seat, arrows move what is chosen, Delete takes it away, Control with D doubles it, Control with Z takes back. With the mouse: click a row, twice a seat, draw a frame, drag what is chosen, Alt and drag to look elsewhere.',
  nothingChosen: 'Nothing is chosen.', seats: (/** @type {number} */ count) => `${count} ${count === 1 ? 'seat' : 'seats'}`, rows: (/** @type {number} */ count) => `${count} ${count === 1 ? 'row' : 'rows'}`,
  add: 'Add', addIt: 'Add it', what: 'What', added: { block: 'rows behind each other', row: 'one row', table: 'a round table', area: 'a standing area' },
  rowsHow: 'Rows', seatsHow: 'Seats in a row, at a table; places', radius: 'Radius of the first row in metres (0: straight)', made: 'Added.', removed: 'Taken away.',
  withChosen: 'With what is chosen', duplicate: 'Duplicate', turn: 'Turn', straight: 'On a line', evenly: 'Evenly apart', remove: 'Take away', kind: 'Kind', apply: 'Apply',
  numbering: 'Numbers', schemes: { right: 'from the left', left: 'from the right', odd: 'odd ones', even: 'even ones', middle: 'from the middle, odd and even' }, first: 'First number', numberThem: 'Number them',
  skip: 'No I and no O', nameRows: 'Name the rows A, B, C …', ifOther: 'if another', bend: 'Bend', hall: 'The hall',
  unlock: 'Names may change', unlockText: 'Dates on sale move to this version by section, row and seat: what loses its name cannot be moved once it is sold.',
  locked: 'Nothing is taken away from a hall that is saved, unless you allow that names change.', trace: 'Picture to trace', traceWidth: 'Its width in metres',
  outlines: 'Stage and outlines', outlinesText: 'Drag the corners in the hall, or type where they are, in metres; y grows away from the stage.', width: 'Width in metres', depth: 'Depth in metres', middleX: 'Its middle: x', middleY: 'Its middle: y', asRectangle: 'Make it a rectangle',
  corner: 'Corner', oneMore: 'One more corner after', outlineDone: 'Done with outlines', asBuyersSee: 'As buyers see it',
  signs: 'What is written in the hall', text: 'Text', letters: 'Height of its letters in metres',
  wrong: 'Something is wrong', show: 'Show it',
  rules: { empty: 'The hall has no seats yet.', noName: 'The hall has no name.', noSection: 'A row has no section:', noGrade: 'No price level:', noLabel: 'A seat has no number:', twice: 'This number comes twice in its row:',
    rowTwice: 'This row comes twice in its section:', onTop: 'This seat lies on another:', noRoom: 'No places:' },
  seatCount: 'Seats', version: 'Version', export: 'As a file', import: 'Read from a file', importText: 'CSV (section,row,seat,grade; from Excel too) or a seating plan of pretix. What is wrong is told with its line.', file: 'File',
};
