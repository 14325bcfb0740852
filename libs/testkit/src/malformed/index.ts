export { bitFlips, mutations, truncations } from './mutations.ts';
