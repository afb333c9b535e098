// The words of the staff's log-in and frame, which the desk and the door share.

import { inLanguage } from './index.js';
import { en } from './staff-en.js';
import { ko } from './staff-ko.js';

export const staffWords = () => inLanguage({ en, ko });
