import { agentConfigurationSchema } from './configuration/agent-configuration.ts';
import { readConfiguration } from './configuration/read-configuration.ts';
import { sharedConfigurationSchema } from './configuration/shared-configuration.ts';
import { runAgent } from './agent.ts';
import { readOptions } from './command-line.ts';
import { runToExit } from './run-to-exit.ts';

await runToExit(process.argv.slice(2), 8_000, async (argv, { signal, createLog }) => {
  const files = readOptions(argv, ['config', 'shared']);
  const own = await readConfiguration(files.config, agentConfigurationSchema);
  const shared = await readConfiguration(files.shared, sharedConfigurationSchema);
  await runAgent({ own, shared, log: createLog(own.logLevel) }, signal);
});
