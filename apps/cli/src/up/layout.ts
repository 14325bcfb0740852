import { join } from 'node:path';
import { WORKSPACE } from '../workspace.ts';
import type { BuildTarget } from './build.ts';
import type { DataDirectory } from './data-directory.ts';

/** What `up` makes in every data directory. */
export const CLUSTER = 'local';
export const CONTROL_PLANE = { name: 'control-plane', role: 'control-plane' } as const;
const WORKERS = { name: 'workers', role: 'worker' } as const;
export const POOLS = [CONTROL_PLANE, WORKERS] as const;
export type LocalPool = (typeof POOLS)[number];

const DIST = join(WORKSPACE, 'dist');
export const LAUNCHER = join(DIST, 'node-agent/launcher.js');
export const AGENT_BUNDLE = join(DIST, 'node-agent/main.js');
export const API_BUNDLE = join(DIST, 'api/main.js');

const API: BuildTarget = { project: 'api', outputs: ['dist/api/main.js'] };
const AGENT: BuildTarget = {
  project: 'node-agent',
  outputs: ['dist/node-agent/main.js', 'dist/node-agent/launcher.js'],
};
export const CONSOLE: BuildTarget = {
  project: 'console',
  outputs: ['apps/console/.next/standalone/apps/console/server.js'],
};

export function targetsOf(options: { readonly console: boolean }): readonly BuildTarget[] {
  return options.console ? [API, AGENT, CONSOLE] : [API, AGENT];
}

/** A machine with a software TPM. */
export interface MachinePlan {
  readonly name: string;
}

export const API_MACHINE: MachinePlan = { name: 'api' };

export interface NodePlan extends MachinePlan {
  readonly pool: LocalPool;
}

/** One machine for the control plane, the others workers. */
export function planMachines(count: number): readonly NodePlan[] {
  const workers = Array.from({ length: count - 1 }, (_, index) => ({
    name: `${WORKERS.name}-${index + 1}`,
    pool: WORKERS,
  }));
  return [{ name: `${CONTROL_PLANE.name}-1`, pool: CONTROL_PLANE }, ...workers];
}

/** Files of DIR that have one place. */
export function filesOf(directory: DataDirectory) {
  const { root, ca, run } = directory;
  return {
    token: join(root, 'token'),
    authority: join(ca, 'ca.pem'),
    softwareTpmAuthority: join(ca, 'software-tpm'),
    ekIssuers: join(ca, 'software-tpm-issuers.pem'),
    ready: join(run, 'ready.json'),
    ports: join(run, 'ports.json'),
    apiReady: join(run, 'api-ready.json'),
  };
}
