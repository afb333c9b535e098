// The words of the desk.

import { inLanguage } from './index.js';
import { en } from './desk-en.js';
import { ko } from './desk-ko.js';

export const deskWords = () => inLanguage({ en, ko });
