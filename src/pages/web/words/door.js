// The words of the door.

import { en } from './door-en.js';
import { ko } from './door-ko.js';
import { inLanguage } from './index.js';

export const doorWords = () => inLanguage({ en, ko });
