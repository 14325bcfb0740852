export { startSshMachine, type ProgramEnd, type SshMachine, type SshMachineOptions } from './ssh-machine.ts';
