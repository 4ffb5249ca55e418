// Node's own HTTP server, returning ready bytes. PORT BODY-FILE PATH.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file, path] = process.argv.slice(2);
const body = readFileSync(file);
const headers = { "Content-Type": "application/json", "Content-Length": body.length };

createServer((request, response) => {
  const isThere = request.url.split("?", 1)[0] === path;
  response.writeHead(isThere ? 200 : 404, isThere ? headers : {});
  response.end(isThere ? body : "");
}).listen(Number(port), "127.0.0.1");
