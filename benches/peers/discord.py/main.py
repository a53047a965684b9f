"""`/server list` on discord.py, as Nebula does it: a durable audit row first, then the answer, then the row is completed.

Everything that is not said here is the library's default, its caches among them. It runs on uvloop, and discord.py uses orjson
by itself where it is installed.
"""

import os
import sqlite3
import time
import uuid

import discord
import uvloop
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route

Route.BASE = f"{os.environ['DISCORD_API']}/v10"
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY"])

TABLES = """
create table if not exists servers (id text primary key, guild_id text not null, name text not null, host text not null);
create unique index if not exists servers_one_name on servers (guild_id, name);
create table if not exists audit (
  id text primary key, reference text not null, guild_id text not null, actor_id text not null, actor_name text not null,
  action text not null, arguments text not null, plan text not null, outcome text not null,
  started_at integer not null, finished_at integer
);
create index if not exists audit_by_guild on audit (guild_id, started_at);
"""
BEGIN = """
insert into audit (id, reference, guild_id, actor_id, actor_name, action, arguments, plan, outcome, started_at)
values (?, ?, ?, ?, ?, 'server.list', '{}', 'List the servers', 'started', ?)
"""
COMPLETE = "update audit set outcome = ?, finished_at = ? where id = ? and outcome = 'started'"
SERVERS = "select name, host from servers where guild_id = ? order by name"


class Bot(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents._from_value(int(os.environ["DISCORD_INTENTS"])))
        self.tree = app_commands.CommandTree(self)
        self.database = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("pragma synchronous = full")
        self.database.executescript(TABLES)

    async def setup_hook(self) -> None:
        wanted = [telling(command.to_dict(self.tree)) for command in self.tree.get_commands()]
        there = [telling(command.to_dict()) for command in await self.tree.fetch_commands()]
        if there != wanted:
            await self.tree.sync()


def telling(command: dict) -> tuple:
    """What makes two definitions the same command."""
    options = tuple(telling(option) for option in command.get("options", []))
    return command["name"], command["description"], int(command["type"]), options


bot = Bot()
server = app_commands.Group(name="server", description="Servers, and commands on them.")
bot.tree.add_command(server)


@server.command(name="list", description="List the servers.")
async def list_servers(interaction: discord.Interaction) -> None:
    row, now = str(uuid.uuid4()), time.time_ns() // 1_000_000
    reference = row[-6:].upper()
    guild, user = str(interaction.guild_id), interaction.user
    bot.database.execute(BEGIN, (row, reference, guild, str(user.id), user.name, now))
    found = bot.database.execute(SERVERS, (guild,)).fetchall()
    try:
        view = card(found, reference, user, now)
        await interaction.response.send_message(view=view, allowed_mentions=discord.AllowedMentions.none())
    except Exception:
        bot.database.execute(COMPLETE, ("failed", time.time_ns() // 1_000_000, row))
        raise
    bot.database.execute(COMPLETE, ("done", time.time_ns() // 1_000_000, row))


def card(found: list, reference: str, user: discord.abc.User, now: int) -> ui.LayoutView:
    title = f"**Servers** {len(found)} ready" if found else "**Servers** none yet"
    body = "\n".join(f"✓ `{name}`  `{host}`" for name, host in found)
    body = body or "Add the first with `/server add`: its name, its address, and who logs in there."
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay(title),
            ui.Separator(),
            ui.TextDisplay(body),
            ui.TextDisplay(f"-# ref {reference} · by <@{user.id}> · <t:{now // 1000}:R>"),
            accent_colour=0x4E5058,
        )
    )
    return view


async def main() -> None:
    async with bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


try:
    uvloop.run(main())
except KeyboardInterrupt:
    pass
