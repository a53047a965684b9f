// What stands between a browser and its server: it passes everything on, and does what networks and newer servers do.

import { createServer, request } from "node:http";

/** Where a server is reached through it. `epoch` is what its pages are called from now on; `silence()` has nothing come any more over what is open. */
export async function between(address) {
  const { origin, pathname } = new URL(address);
  const streams = new Set();
  const it = { epoch: null, opened: 0 };
  const server = createServer((asked, answer) => {
    const passed = request(new URL(asked.url, origin), { method: asked.method, headers: asked.headers }, (given) => {
      answer.writeHead(given.statusCode, given.headers);
      given.on("error", () => answer.destroy()).on("end", () => answer.end());
      if (given.headers["content-type"] !== "text/event-stream") return void given.on("data", (chunk) => answer.write(chunk));
      const stream = { isSilent: false, left: "" };
      it.opened += 1;
      streams.add(stream);
      given.setEncoding("utf8").on("data", (text) => {
        const frames = (stream.left + text).split("\n\n");
        stream.left = frames.pop();
        for (const frame of frames) {
          const said = it.epoch ? frame.replace(/"epoch":"[0-9a-f]+"/, `"epoch":"${it.epoch}"`) : frame;
          // What is said is lost on the way, and nobody is told that it was.
          if (!stream.isSilent) answer.write(`${said}\n\n`);
        }
      });
    });
    // A server that is down answers nothing at all.
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  it.url = `http://127.0.0.1:${server.address().port}${pathname}`;
  it.silence = () => streams.forEach((stream) => (stream.isSilent = true));
  return it;
}
