import type { TrustAnchor } from '@asterism/contracts';
import { StartError } from '../errors.ts';
import type { Steps } from '../output/steps.ts';
import { openAuthority, type OperatorCertificate } from './authority.ts';
import { buildProjects } from './build.ts';
import type { DataDirectory } from './data-directory.ts';
import { API_MACHINE, planMachines, targetsOf, type LocalPool } from './layout.ts';
import { exportSoftwareTpmAuthority, prepareMachine, type Machine } from './machine.ts';

export type NodeMachine = Machine & { readonly pool: LocalPool };

/** What has to be there before anything runs. */
export interface Prepared {
  readonly certificate: OperatorCertificate;
  readonly apiMachine: Machine;
  readonly machines: readonly NodeMachine[];
  /** Root that certifies the EKs of all machines. */
  readonly root: TrustAnchor;
}

export interface PrepareOptions {
  readonly directory: DataDirectory;
  readonly runDirectory: string;
  readonly nodes: number;
  readonly console: boolean;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** Most software TPMs that are made side by side; each waits more than it works. */
const AT_ONCE = 8;

/** Builds and software TPMs have nothing to do with each other, so they are made at the same time. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { directory, steps, signal } = options;
  const building = steps.run(
    'build',
    () => buildProjects(targetsOf(options), signal),
    (built) => (built.length === 0 ? 'nothing changed' : built.join(', ')),
  );
  const making = steps.run(
    'machines',
    () => prepareMachines(options),
    ({ machines }) => `${machines.length + 1} software TPMs`,
  );
  const [built, made] = await Promise.allSettled([building, making]);
  if (signal.aborted) throw new StartError('interrupted', 'interrupted while building');
  if (made.status === 'rejected') throw made.reason;
  if (built.status === 'rejected') throw built.reason;
  return { ...made.value, certificate: await openAuthority(directory, new Date()) };
}

async function prepareMachines(options: PrepareOptions): Promise<Omit<Prepared, 'certificate'>> {
  const { directory, runDirectory, nodes, signal } = options;
  const plans = planMachines(nodes);
  const apiMachine = await prepareMachine(directory, runDirectory, API_MACHINE);
  const machines: NodeMachine[] = [];
  for (let from = 0; from < plans.length; from += AT_ONCE) {
    if (signal.aborted) throw new StartError('interrupted', 'interrupted while making software TPMs');
    const batch = plans.slice(from, from + AT_ONCE).map(async (plan) => ({
      ...(await prepareMachine(directory, runDirectory, plan)),
      pool: plan.pool,
    }));
    machines.push(...(await Promise.all(batch)));
  }
  return { apiMachine, machines, root: await exportSoftwareTpmAuthority(directory) };
}
