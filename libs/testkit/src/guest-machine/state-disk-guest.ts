import type { OpenedStateDisk, StateDiskGrant, StateDiskPlace } from '@asterism/state-disk';
import { startGuest, type GuestMachine } from './start-guest.ts';

/** A guest that runs `state-disk-program.ts`. */
export class StateDiskGuest implements AsyncDisposable {
  readonly machine: GuestMachine;

  private constructor(machine: GuestMachine) {
    this.machine = machine;
  }

  static async start(disks: readonly string[]): Promise<StateDiskGuest> {
    const program = new URL('./state-disk-program.ts', import.meta.url);
    return new StateDiskGuest(await startGuest({ program, disks }));
  }

  async open(
    place: StateDiskPlace,
    grant: StateDiskGrant,
  ): Promise<OpenedStateDisk & { milliseconds: number }> {
    return (await this.machine.call('open', { place, grant })) as OpenedStateDisk & { milliseconds: number };
  }

  async isOpen(place: StateDiskPlace): Promise<boolean> {
    return (await this.machine.call('isOpen', place)) === true;
  }

  async retire(place: StateDiskPlace, version: number): Promise<void> {
    await this.machine.call('retire', { place, version });
  }

  async close(place: StateDiskPlace): Promise<void> {
    await this.machine.call('close', place);
  }

  /** Appends, and returns when it is on the disk. */
  async write(file: string, text: string): Promise<void> {
    await this.machine.call('write', { file, text });
  }

  async read(file: string): Promise<string> {
    return String(await this.machine.call('read', file));
  }

  async run(...command: readonly string[]): Promise<string> {
    return String(await this.machine.call('run', command));
  }

  /** From now on. */
  async watch(place: StateDiskPlace): Promise<void> {
    await this.machine.call('watch', place);
  }

  /** Sums of what was told since `watch`. */
  async errors(): Promise<readonly { readonly integrity: number; readonly io: number }[]> {
    return (await this.machine.call('errors')) as { integrity: number; io: number }[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine.kill();
  }
}
