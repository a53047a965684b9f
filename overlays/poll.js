// A question and how it was answered.

import { run } from "./overlay.js";
import { bar, make, number, panel, say } from "./parts.js";

run({
  draw({ state }, root) {
    const one = panel(root, ["headline"], ["answers"]);
    const [question, ...answers] = state.words;
    const sum = state.votes.reduce((all, votes) => all + votes, 0);
    say(one, "headline", question);
    const list = one.querySelector(".answers");
    while (list.children.length > answers.length) list.lastElementChild.remove();
    while (list.children.length < answers.length) {
      const row = make("answer");
      const track = make("track");
      track.append(make("filled"));
      row.append(make("words", "", "span"), make("votes", "", "span"), track);
      list.append(row);
    }
    const most = Math.max(...state.votes);
    answers.forEach((answer, at) => {
      const [row, votes] = [list.children[at], state.votes[at]];
      const share = sum ? votes / sum : 0;
      say(row, "words", `${at + 1}  ${answer}`);
      say(row, "votes", `${number(votes)} · ${Math.round(share * 100)} %`);
      row.classList.toggle("ahead", votes > 0 && votes === most);
      bar(row.querySelector(".filled"), share);
    });
    one.classList.toggle("seen", state.shown);
  },
});
