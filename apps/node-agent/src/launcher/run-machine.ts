import { startSoftwareTpm, TpmDeviceError, type SoftwareTpm } from '@asterism/tpm-device';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { inheritedEnvironment } from '../environment.ts';
import { EXIT } from '../exit-code.ts';
import { BackOff } from '../life/back-off.ts';
import type { Logger } from '../logger.ts';
import { writeAtomically } from '../state/write-atomically.ts';
import { Child, type ChildOrder } from './child.ts';
import type { LauncherConfiguration } from './launcher-configuration.ts';
import { endLeftovers } from './leftovers.ts';
import { measureBoot } from './measure.ts';
import { Service } from './service.ts';

const BACK_OFF = { first: 250, longest: 10_000, random: Math.random } as const;
/** A program that ran so long starts its back-off from the beginning. */
const STEADY = 30_000;
/** How long the TPM of a launcher that was killed may still be ending. */
const PREVIOUS_TPM = 5_000;

export interface MachineControl {
  /** Ends the machine. */
  readonly off: AbortSignal;
  /** Called once a boot; the signal that it returns aborts when that boot is to end in a reboot. */
  readonly nextBoot: () => AbortSignal;
}

/**
 * Boots the machine, and again at each reboot, until it is told to stop.
 * @returns the exit code: `configuration` where the program says that starting it again cannot help
 */
export async function runMachine(
  configuration: LauncherConfiguration,
  control: MachineControl,
  log: Logger,
): Promise<number> {
  const tpm = await startTpm(configuration.tpmDirectory);
  const machine = new SoftwareMachine(configuration, tpm, log);
  const dead = new AbortController();
  void tpm.exited.then(() => dead.abort());
  try {
    for (let boot = 1; !control.off.aborted; boot++) {
      const ends = AbortSignal.any([control.off, control.nextBoot(), dead.signal]);
      if (boot > 1) await tpm.reboot();
      const order = await machine.boot(boot);
      const code = await machine.runWithServices(order, ends);
      if (code !== null) return code;
      if (dead.signal.aborted)
        throw new TpmDeviceError('connection-lost', 'the software TPM ended by itself');
    }
    return EXIT.clean;
  } finally {
    await tpm.stop();
  }
}

async function startTpm(directory: string): Promise<SoftwareTpm> {
  for (const deadline = Date.now() + PREVIOUS_TPM; ;) {
    try {
      return await startSoftwareTpm({ directory });
    } catch (error) {
      const ending = error instanceof TpmDeviceError && error.code === 'already-running';
      if (!ending || Date.now() > deadline) throw error;
      await wait(50);
    }
  }
}

class SoftwareMachine {
  readonly #configuration: LauncherConfiguration;
  readonly #tpm: SoftwareTpm;
  readonly #log: Logger;
  #boot = 0;
  #starts = 0;

  constructor(configuration: LauncherConfiguration, tpm: SoftwareTpm, log: Logger) {
    this.#configuration = configuration;
    this.#tpm = tpm;
    this.#log = log;
  }

  /** Measures what this boot runs. The TPM was just reset. */
  async boot(boot: number): Promise<ChildOrder> {
    const { eventLog, arguments: parameters, environment } = this.#configuration;
    const measured = await measureBoot(this.#configuration, this.#tpm.dataSocket);
    this.#boot = boot;
    this.#starts = 0;
    this.#log.info({ boot, pcrs: [...measured.launch.expectedPcrs.keys()] }, 'machine booted and measured');
    const places: Readonly<Record<string, string>> = {
      tpm: `unix:${this.#tpm.dataSocket}`,
      eventLog,
      shared: measured.shared,
    };
    const fill = (text: string) =>
      text.replace(/\{(tpm|eventLog|shared)\}/g, (_, name: string) => places[name] ?? '');
    const filled = Object.entries(environment).map(([name, value]) => [name, fill(value)] as const);
    return {
      program: measured.bundle,
      parameters: parameters.map(fill),
      environment: { ...inheritedEnvironment(), ...Object.fromEntries(filled) },
    };
  }

  /** Services are there from the boot to its end. @returns as `run` */
  async runWithServices(order: ChildOrder, ends: AbortSignal): Promise<number | null> {
    const off = new AbortController();
    const { environment } = order;
    const services = this.#configuration.services.map((each) =>
      new Service({ ...each, environment }, this.#log).run(AbortSignal.any([off.signal, ends])),
    );
    try {
      return await this.run(order, ends);
    } finally {
      off.abort();
      await Promise.all(services);
      if (services.length > 0) await endLeftovers([this.#tpm.pid]);
    }
  }

  /** Runs the program of this boot; a crash starts it again on the same boot. @returns an exit code that is final */
  async run(order: ChildOrder, ends: AbortSignal): Promise<number | null> {
    const backOff = new BackOff(BACK_OFF);
    while (!ends.aborted) {
      const started = Date.now();
      const child = new Child(order);
      this.#starts += 1;
      await this.#show(child.pid);
      const end = await Promise.race([child.ended, aborted(ends)]);
      if (end === null) {
        await child.stop();
        break;
      }
      await this.#show(null);
      if (end.code === EXIT.configuration) return EXIT.configuration;
      if (Date.now() - started > STEADY) backOff.reset();
      const delay = backOff.next();
      this.#log.error({ ...end, boot: this.#boot, startsAgainInMs: Math.round(delay) }, 'program ended');
      await wait(delay, undefined, { signal: ends }).catch(() => undefined);
    }
    await this.#show(null);
    return null;
  }

  async #show(child: number | null): Promise<void> {
    const { statusFile } = this.#configuration;
    if (statusFile === null) return;
    const status = { pid: process.pid, tpm: this.#tpm.pid, child, boot: this.#boot, starts: this.#starts };
    await writeAtomically(statusFile, `${JSON.stringify(status)}\n`, { durable: false, mode: 0o644 });
  }
}

async function aborted(signal: AbortSignal): Promise<null> {
  if (!signal.aborted) await once(signal, 'abort');
  return null;
}
