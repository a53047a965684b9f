// A Discord client for the sandbox: the same routes and the same gateway that a real one uses, for every account at once.
//
// Where things are: state.js holds who one is; person.js, events.js and connection.js are an account and its connection; each other
// module draws one part of the page and says so with `draws`. Nothing polls: what changes arrives over a web socket.

import * as accounts from "./accounts.js";
import * as channels from "./channels.js";
import * as composer from "./composer.js";
import { connect } from "./connection.js";
import { $, icon } from "./dom.js";
import * as faults from "./faults.js";
import { listen } from "./live.js";
import * as log from "./log.js";
import * as members from "./members.js";
import * as menus from "./menus.js";
import * as modal from "./modal.js";
import * as panel from "./panel.js";
import { Person, be, go } from "./person.js";
import { redraw, state } from "./state.js";
import * as switcher from "./switcher.js";
import * as theme from "./theme.js";
import * as welcome from "./welcome.js";

/** Alt with an arrow goes to the channel above or below; Alt with a number is somebody else. */
function shortcuts(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const person = state.people[Number(event.key) - 1];
  if (by) {
    const all = [...$("channels").querySelectorAll("[data-channel]")].map((one) => one.dataset.channel);
    go(all[(all.indexOf(state.me.place) + by + all.length) % all.length]);
  } else if (person) be(person);
  else return;
  event.preventDefault();
}

function icons() {
  for (const [id, name] of [["open-places", "menu"], ["open-threads", "thread"], ["open-pins", "pin"], ["find", "search"], ["close-side", "close"], ["to-end", "down"]]) $(id).append(icon(name));
}

async function start() {
  let accountsNow;
  try {
    accountsNow = await (await fetch("/sandbox/accounts")).json();
  } catch {
    $("banner").hidden = false;
    setTimeout(start, 1000);
    return;
  }
  state.people = accountsNow.map((account) => new Person(account));
  icons();
  [theme, log, members, channels, panel, menus, composer, modal, accounts, switcher, faults, welcome].forEach((part) => part.start());
  document.addEventListener("keydown", shortcuts);
  const last = sessionStorage.getItem("account");
  be(state.people.find((person) => person.account.name === last) ?? state.people[0]);
  state.people.forEach(connect);
  listen();
  redraw("all");
}

start();
