import { processesUnder, type RunningUp } from '@asterism/testkit/up';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface LauncherConfiguration {
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts the API of an `up` again under a seal that none of its slots was made by: it comes back without its keys. */
export async function restartUnderAnotherSeal(up: RunningUp): Promise<void> {
  const keyFile = join(up.data, 'another.key');
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  const file = join(up.data, 'machines/api/launcher.json');
  const configuration = JSON.parse(await readFile(file, 'utf8')) as LauncherConfiguration;
  const environment = { ...configuration.environment, ASTERISM_SEAL: `key-file:${keyFile}` };
  await writeFile(file, JSON.stringify({ ...configuration, environment }));
  const launcher = (await processesUnder(up.data)).find(({ command }) =>
    command.endsWith(`--config ${file}`),
  );
  if (launcher === undefined) throw new Error('the API’s machine does not run');
  // `up` starts what ends by itself again, with what is in its file now.
  process.kill(launcher.pid, 'SIGTERM');
}
