export { MintedMachine } from './minted-machine.ts';
