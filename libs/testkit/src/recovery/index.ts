export { makeRecoverySet, type MadeRecoverySet } from './make-recovery-set.ts';
export { makePeople, type Person } from './people.ts';
