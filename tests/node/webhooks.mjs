// What standardwebhooks says of requests: [{secret, headers, body}] in a file -> [true or the error's message].
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const requests = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(requests.map(({ secret, headers, body }) => {
  try {
    return Boolean(new Webhook(secret).verify(body, headers));
  } catch (error) {
    return error.message;
  }
})));
