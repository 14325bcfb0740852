export { searchFile, spellingsOf } from './search-file.ts';
