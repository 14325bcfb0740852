export { bitFlips, mutations, truncations } from './mutations.ts';
export { stopwatch } from './stopwatch.ts';
