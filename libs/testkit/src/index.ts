export { startTestDatabase, type TestDatabase } from './database/index.ts';
