import { readOptions } from './command-line.ts';
import { readConfiguration } from './configuration/read-configuration.ts';
import { launcherConfigurationSchema } from './launcher/launcher-configuration.ts';
import { runMachine } from './launcher/run-machine.ts';
import { runToExit } from './run-to-exit.ts';

// Longer than its program may take to end.
await runToExit(process.argv.slice(2), 15_000, async (argv, { signal, createLog }) => {
  const { config } = readOptions(argv, ['config']);
  const configuration = await readConfiguration(config, launcherConfigurationSchema);
  const log = createLog('info');
  let reboot = new AbortController();
  const onReboot = (name: string) => {
    log.info({ signal: name }, 'reboot');
    reboot.abort();
  };
  process.on('SIGHUP', onReboot);
  process.on('SIGUSR2', onReboot);
  const gone = new AbortController();
  if (configuration.stopWithStdin) process.stdin.once('close', () => gone.abort()).resume();
  const control = {
    off: AbortSignal.any([signal, gone.signal]),
    nextBoot: () => (reboot = new AbortController()).signal,
  };
  try {
    return await runMachine(configuration, control, log);
  } finally {
    if (configuration.stopWithStdin) process.stdin.destroy();
  }
});
