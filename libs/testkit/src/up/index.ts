export { processesUnder, type RunningProcess } from './processes.ts';
export { runUp, startUp, type EndedUp, type Ready, type RunningUp, type UpOptions } from './start-up.ts';
