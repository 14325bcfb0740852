import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { collect, toCount } from './arguments.ts';

/** Commands over the API itself: who may do what, and who has done what. */
export function addAdministrationCommands(program: Command, bind: Bind): void {
  addTokens(program.command('tokens').description('tokens of the API'), bind);
  addAudit(program.command('audit').description('the audit log'), bind);
  addCollateral(
    program.command('collateral').description('what vendors publish to verify evidence with'),
    bind,
  );
}

function addTokens(group: Command, bind: Bind): void {
  const load = () => import('./tokens.ts');
  bind(
    group.command('list').description('tokens and sessions, never their secrets'),
    async () => (await load()).listAll,
  );
  bind(
    group
      .command('create')
      .description('make a token; its secret is printed once')
      .argument('<name>')
      .addOption(
        new Option(
          '--role <role[@cluster]>',
          'viewer, auditor, operator or admin, everywhere or in one cluster; may come several times',
        )
          .argParser(collect)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option('--expires-in <seconds>', 'how long it lives')
          .default(86_400)
          .argParser(toCount(60, 31_536_000)),
      ),
    async () => (await load()).create,
  );
  bind(
    group.command('revoke').description('end a token or session at once').argument('<token>'),
    async () => (await load()).revoke,
  );
}

function addCollateral(group: Command, bind: Bind): void {
  const load = () => import('../collateral/commands.ts');
  bind(
    group.command('list').description('what the API keeps: of what, from where, until when'),
    async () => (await load()).list,
  );
  bind(
    group
      .command('export')
      .description('write a bundle for a site that has no way to the vendors')
      .addOption(new Option('--out <file>', 'where to write it').makeOptionMandatory())
      .addOption(
        new Option('--product <name>', 'chains and lists of Milan, Genoa or Turin').argParser(collect),
      )
      .addOption(
        new Option('--chip <product/id/tcb>', "a chip's certificate, as `list` names it").argParser(collect),
      )
      .addOption(
        new Option(
          '--fmspc <hex>',
          "TCB info of one of Intel's platforms, and all its quotes need",
        ).argParser(collect),
      )
      .option(
        '--online',
        'ask the vendors instead of the API (ASTERISM_AMD_KDS, ASTERISM_INTEL_PCS, HTTPS_PROXY)',
      ),
    async () => (await load()).exportBundle,
  );
  bind(
    group
      .command('import')
      .description('bring bundles into the API, which verifies every item')
      .argument('<file...>'),
    async () => (await load()).importFiles,
  );
}

function addAudit(group: Command, bind: Bind): void {
  const load = () => import('../audit/commands.ts');
  bind(
    group
      .command('list')
      .description('the latest records')
      .addOption(new Option('--limit <count>', 'how many').default(50).argParser(toCount(1, 200))),
    async () => (await load()).listLatest,
  );
  bind(
    group.command('follow').description('records as they are written, until Ctrl-C'),
    async () => (await load()).follow,
  );
  bind(
    group
      .command('verify')
      .description('recompute the chain here and check the signed head')
      .option('--jwks <file>', "signing keys from a file; without it the API's own are used, and said so"),
    async () => (await load()).verifyChain,
  );
}
