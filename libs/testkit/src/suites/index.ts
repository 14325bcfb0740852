export * from './test-suites.ts';
