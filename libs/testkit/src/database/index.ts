export { PLACEHOLDER_POLICY, seedCluster, type SeededCluster } from './seed.ts';
export { startTestDatabase, type TestDatabase } from './test-database.ts';
