// `/server list` on discord.js, as Nebula does it: a durable audit row first, then the answer, then the row is completed.
// Everything that is not said here is the library's default, its caches among them.

import { randomUUID } from 'node:crypto';
import process from 'node:process';
import Database from 'better-sqlite3';
import { ApplicationCommandOptionType, Client, ComponentType, Events, MessageFlags } from 'discord.js';

const { DISCORD_TOKEN, DISCORD_API, DISCORD_INTENTS, DATABASE } = process.env;

const COMMAND = {
  name: 'server',
  description: 'Servers, and commands on them.',
  options: [{ type: ApplicationCommandOptionType.Subcommand, name: 'list', description: 'List the servers.' }],
};

const database = new Database(DATABASE);
database.pragma('journal_mode = wal');
database.pragma('synchronous = full');
database.exec(`
  create table if not exists servers (id text primary key, guild_id text not null, name text not null, host text not null);
  create unique index if not exists servers_one_name on servers (guild_id, name);
  create table if not exists audit (
    id text primary key, reference text not null, guild_id text not null, actor_id text not null, actor_name text not null,
    action text not null, arguments text not null, plan text not null, outcome text not null,
    started_at integer not null, finished_at integer
  );
  create index if not exists audit_by_guild on audit (guild_id, started_at);
`);
const begin = database.prepare(
  `insert into audit (id, reference, guild_id, actor_id, actor_name, action, arguments, plan, outcome, started_at)
   values (?, ?, ?, ?, ?, 'server.list', '{}', 'List the servers', 'started', ?)`,
);
const complete = database.prepare("update audit set outcome = ?, finished_at = ? where id = ? and outcome = 'started'");
const servers = database.prepare('select name, host from servers where guild_id = ? order by name');

const client = new Client({ intents: Number(DISCORD_INTENTS), rest: { api: DISCORD_API, version: '10' } });

client.once(Events.ClientReady, async () => {
  const { commands } = client.application;
  const there = await commands.fetch();
  if (!there.find((command) => command.name === COMMAND.name)?.equals(COMMAND)) {
    await commands.set([COMMAND]);
  }
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (!interaction.isChatInputCommand() || interaction.commandName !== COMMAND.name) return;
  const { guildId, user } = interaction;
  const [id, now] = [randomUUID(), Date.now()];
  const reference = id.slice(-6).toUpperCase();
  begin.run(id, reference, guildId, user.id, user.username, now);
  const found = servers.all(guildId);
  try {
    await interaction.reply(card(found, reference, user, now));
    complete.run('done', Date.now(), id);
  } catch (error) {
    complete.run('failed', Date.now(), id);
    console.error(error);
  }
});

function card(found, reference, user, now) {
  const text = (content) => ({ type: ComponentType.TextDisplay, content });
  const title = found.length === 0 ? '**Servers** none yet' : `**Servers** ${found.length} ready`;
  const body =
    found.length === 0
      ? 'Add the first with `/server add`: its name, its address, and who logs in there.'
      : found.map(({ name, host }) => `✓ \`${name}\`  \`${host}\``).join('\n');
  const parts = [
    text(title),
    { type: ComponentType.Separator, divider: true, spacing: 1 },
    text(body),
    text(`-# ref ${reference} · by <@${user.id}> · <t:${Math.floor(now / 1000)}:R>`),
  ];
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [{ type: ComponentType.Container, accent_color: 0x4e5058, components: parts }],
    allowedMentions: { parse: [] },
  };
}

process.once('SIGTERM', async () => {
  await client.destroy();
  database.close();
});

await client.login(DISCORD_TOKEN);
