import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { canMount } from '@asterism/testkit/kernel';
import type { SoftwareTpm } from '@asterism/tpm-device';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentConfigurationSchema } from '../configuration/agent-configuration.ts';
import { createLogger } from '../logger.ts';
import { openStateDirectory } from '../state/state-directory.ts';
import { CloudMachine } from '../testing/cloud-machine.ts';
import { openMachine } from './open-machine.ts';

describe.skipIf(!(await canMount()))(
  'a machine whose variant is not configured (needs root and /dev/fuse)',
  () => {
    let tpms: SoftwareTpms;
    let software: SoftwareTpm;
    let directory: string;
    let cloud: CloudMachine;
    beforeAll(async () => {
      tpms = await softwareTpms();
      software = await tpms.start('a');
    });
    afterAll(() => tpms.remove());
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'asterism-auto-'));
      cloud = await CloudMachine.boot('sev-snp', software.dataSocket);
    });
    afterEach(async () => {
      await cloud.close();
      await rm(directory, { recursive: true });
    });

    const configuration = (changes: object = {}) => ({
      schema: 'asterism/agent/v1',
      stateDirectory: join(directory, 'state'),
      variant: 'auto',
      tpm: null,
      eventLog: 'firmware',
      deviceRoots: cloud.deviceRoots,
      stateDisk: { id: 'disk-1', device: '/dev/vdb' },
      ...changes,
    });
    const nowhere = () => {
      const none = join(directory, 'none');
      return { sysfs: none, configfs: none, dev: none, proc: none };
    };

    async function open(changes: object = {}) {
      const own = agentConfigurationSchema.parse(configuration(changes));
      return openMachine({
        own,
        target: { cluster: 'local', pool: 'workers' },
        files: await openStateDirectory(own.stateDirectory),
        random: (length) => new Uint8Array(randomBytes(length)),
        log: createLogger('fatal'),
      });
    }

    /** The agent's own command line. */
    async function detect(changes: object) {
      const config = join(directory, 'agent.json');
      await writeFile(config, JSON.stringify(configuration(changes)));
      const main = join(import.meta.dirname, '../main.ts');
      const agent = spawn(process.execPath, [main, '--detect', '--config', config], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      agent.stdout.on('data', (part: Buffer) => (text += part.toString()));
      const [code] = (await once(agent, 'close')) as [number];
      return { code, said: JSON.parse(text) as unknown };
    }

    it('is opened as what it looks like', async () => {
      const machine = await open();
      expect(await machine.identity()).toMatchObject({ variant: 'sev-snp' });
      await machine.close();
    });

    it('is opened as a TPM where it has no TEE', async () => {
      const machine = await open({ tpm: cloud.tpmAddress, deviceRoots: nowhere() });
      expect((await machine.identity()).variant).toBe('tpm');
      await machine.close();
    });

    it('is not opened where it looks like nothing, or lacks what its variant needs', async () => {
      await expect(open({ deviceRoots: nowhere() })).rejects.toMatchObject({
        code: 'variant-undetermined',
        got: 'nothing-found',
      });
      await expect(open({ variant: 'tpm' })).rejects.toMatchObject({ code: 'configuration-invalid' });
      await expect(open({ eventLog: join(directory, 'no.log') })).rejects.toMatchObject({
        code: 'configuration-invalid',
      });
    });

    it('is described by --detect, whose exit code says whether a variant fits', async () => {
      const found = await detect({ tpm: cloud.tpmAddress });
      expect(found).toMatchObject({
        code: 0,
        said: { variant: 'sev-snp', because: 'reports of sev_guest', found: { tsmProvider: 'sev_guest' } },
      });
      const nothing = await detect({ deviceRoots: nowhere() });
      expect(nothing).toMatchObject({ code: 1, said: { variant: null, code: 'nothing-found' } });
    });
  },
);
