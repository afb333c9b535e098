// The words of the hall editor.

import { inLanguage } from './index.js';
import { en } from './editor-en.js';
import { ko } from './editor-ko.js';

export const editorWords = () => inLanguage({ en, ko });
