import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { toCount, toPort } from './arguments.ts';

/** Commands that start things: `up`, `console`, `bench`, `test`, and `openapi`. */
export function addToolCommands(program: Command, bind: Bind): void {
  bind(
    program
      .command('up')
      .description('start the API, the console, one cluster and its machines on this computer')
      .addOption(
        new Option('--nodes <count>', 'machines: one for the control plane, the others workers')
          .default(3)
          .argParser(toCount(1, 64)),
      )
      .option('--data <dir>', 'where everything is kept', '.asterism')
      .addOption(
        new Option('--api-port <port>', 'operator listener, 0 for any free port')
          .default(7443)
          .argParser(toPort),
      )
      .addOption(
        new Option('--node-port <port>', 'node listener, 0 for any free port')
          .default(7444)
          .argParser(toPort),
      )
      .addOption(
        new Option('--console-port <port>', 'console, 0 for any free port').default(7480).argParser(toPort),
      )
      .option('--no-console', 'leave the console out')
      .addHelpText(
        'after',
        '\nWith --ready-file FILE, FILE is written once every machine is a member. Ctrl-C stops everything that was started.',
      ),
    async () => (await import('../up/up.ts')).up,
  );
  bind(
    program
      .command('console')
      .description('serve the console from this computer, for any API')
      .addOption(new Option('--console-port <port>', '0 for any free port').default(7480).argParser(toPort)),
    async () => (await import('../console/serve.ts')).serveConsole,
  );
  bind(
    program
      .command('openapi')
      .description('print a document of the contract')
      .argument('[document]', 'operator or agent', 'operator'),
    async () => (await import('./openapi.ts')).printDocument,
  );
  bind(
    program
      .command('bench')
      .description('measure: joins, keys, access, verify or memory')
      .argument('<benchmark>', 'joins, keys, access, verify or memory')
      .addOption(new Option('--count <number>', 'how many').argParser(toCount(1, 1_000_000))),
    async () => (await import('./bench.ts')).bench,
  );
  bind(
    program
      .command('test')
      .description('run every check and test of this workspace, or the parts named')
      .argument('[part...]', 'lint, types, contract, unit, medium, build, e2e, schemathesis'),
    async () => (await import('./bench.ts')).test,
  );
}
