// The way in where the program lies as it is written: first where its code is kept, then the program. A package has no
// types to take out and begins with the program itself.

import './own-cache.mjs';

await import('./main.ts');
