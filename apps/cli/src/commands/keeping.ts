import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { collect, toCount, toPcrs, toPcrValue } from './arguments.ts';

const commentOption = (): Option => new Option('--comment <text>', 'kept with the slot').default('');
const reasonOption = (): Option =>
  new Option('--reason <text>', 'kept in the audit log').makeOptionMandatory();

/** Commands over what must outlive machines and people: the seal, recovery shares, backups. */
export function addKeepingCommands(program: Command, bind: Bind): void {
  addSeal(program.command('seal').description("what keeps the API's KEK"), bind);
  addRecovery(program.command('recovery').description('shares of people'), bind);
  addRecover(program, bind);
  addBackup(program, bind);
}

function addSeal(group: Command, bind: Bind): void {
  const load = () => import('../seal/commands.ts');
  bind(
    group
      .command('status')
      .description('whether the keys are open, and why not; exit 2 while they are sealed'),
    async () => (await load()).status,
  );
  bind(group.command('slots').description('the sealed copies of the KEK'), async () => (await load()).slots);
  bind(group.command('unseal').description('try the seal now'), async () => (await load()).unsealNow);
  bind(
    group
      .command('reseal')
      .description('seal the KEK once more: to other PCRs, or to what they will be after an update')
      .addOption(
        new Option('--pcrs <list>', 'such as 7,11; those of ASTERISM_SEAL where absent').argParser(toPcrs),
      )
      .addOption(
        new Option(
          '--value <PCR=hex>',
          'what a PCR will be after the update; may come several times',
        ).argParser(toPcrValue),
      )
      .addOption(commentOption()),
    async () => (await load()).reseal,
  );
  bind(
    group
      .command('remove')
      .description('remove a slot; refused unless another one opens now')
      .argument('<slot>', 'id, as `slots` shows it'),
    async () => (await load()).remove,
  );
  bind(
    group
      .command('replace-kek')
      .description(
        'make a new KEK where the old one is lost: clusters stay closed until their own shares come',
      )
      .addOption(
        new Option('--confirm <text>', "the words 'replace the KEK'")
          .choices(['replace the KEK'])
          .makeOptionMandatory(),
      )
      .addOption(reasonOption()),
    async () => (await load()).replaceLostKek,
  );
}

function addRecovery(group: Command, bind: Bind): void {
  const load = () => import('../recovery/commands.ts');
  bind(
    group
      .command('issue')
      .description("split the API's KEK, or a cluster's root, and write one encrypted file a person")
      .option('--cluster <name>', "a cluster's root; without it the API's KEK")
      .addOption(
        new Option('--threshold <count>', 'how many shares recover')
          .argParser(toCount(2, 20))
          .makeOptionMandatory(),
      )
      .addOption(
        new Option(
          '--recipient <NAME=age1…>',
          'a person and his age recipient; may come several times',
        ).argParser(collect),
      )
      .option('--recipients <file>', 'lines of NAME=age1…')
      .addOption(new Option('--out <dir>', 'where the files go').default('.'))
      .addOption(reasonOption()),
    async () => (await load()).issue,
  );
  bind(
    group
      .command('list')
      .description('who has a share of what')
      .option('--cluster <name>', "of a cluster's root; without it of the API's KEK"),
    async () => (await load()).list,
  );
}

function addRecover(program: Command, bind: Bind): void {
  bind(
    program
      .command('recover')
      .description('bring shares back; without --share it asks for them')
      .addOption(
        new Option(
          '--share <file>',
          "a person's .age file, or its decrypted text; may come several times",
        ).argParser(collect),
      )
      .addOption(
        new Option(
          '--identity <file>',
          'an age identity that decrypts it, here; may come several times',
        ).argParser(collect),
      )
      .option('--discard', 'forget the shares that were submitted and were not enough')
      .addHelpText('after', '\nexit codes: 0 recovered, 1 a share was refused, 2 more shares are needed'),
    async () => (await import('../recovery/recover.ts')).recover,
  );
}

function addBackup(program: Command, bind: Bind): void {
  bind(
    program
      .command('backup')
      .description("write the API's state to an encrypted file")
      .addOption(new Option('--out <file>', 'where to write it').makeOptionMandatory())
      .addOption(
        new Option(
          '--recipient <age1…>',
          "who can read it; without it the holders of the platform's shares",
        ).argParser(collect),
      ),
    async () => (await import('../backup/backup.ts')).backup,
  );
  bind(
    program
      .command('restore')
      .description('put a backup into an empty database')
      .addOption(new Option('--in <file>', 'the backup').makeOptionMandatory())
      .addOption(new Option('--identity <file>', 'an age identity that decrypts it').makeOptionMandatory())
      .addOption(
        new Option('--data <dir>', 'ASTERISM_DATA of the API: into an embedded PostgreSQL there').conflicts(
          'databaseUrl',
        ),
      )
      .option('--database-url <url>', 'into your PostgreSQL; leave the password to PGPASSWORD or ~/.pgpass')
      .option(
        '--jwks <file>',
        'public keys of the API that made it, as you kept them: who made it is checked',
      ),
    async () => (await import('../backup/restore.ts')).restore,
  );
}
