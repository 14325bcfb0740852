import { agentConfigurationSchema } from './configuration/agent-configuration.ts';
import { readConfiguration } from './configuration/read-configuration.ts';
import { sharedConfigurationSchema } from './configuration/shared-configuration.ts';
import { restoreAccess } from './access/restore-access.ts';
import { runAgent } from './agent.ts';
import { readDetection, readOptions, readRestoration } from './command-line.ts';
import { detect } from './detect.ts';
import { runToExit } from './run-to-exit.ts';

await runToExit(process.argv.slice(2), 8_000, async (argv, { signal, createLog }) => {
  const detection = readDetection(argv);
  if (detection !== null) return detect(detection.config, (text) => process.stdout.write(text));
  const restoration = readRestoration(argv);
  if (restoration !== null) {
    const own = await readConfiguration(restoration.config, agentConfigurationSchema);
    return restoreAccess(own, createLog(own.logLevel));
  }
  const files = readOptions(argv, ['config', 'shared']);
  const own = await readConfiguration(files.config, agentConfigurationSchema);
  const shared = await readConfiguration(files.shared, sharedConfigurationSchema);
  return runAgent({ own, shared, log: createLog(own.logLevel) }, signal);
});
