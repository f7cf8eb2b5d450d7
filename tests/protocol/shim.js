// What the official suites run on, instead of their own imports. One thing is different: each frame comes in a turn of its
// own, because the suites listen once and miss the second of two.
import chai from "chai";
import chaiString from "chai-string";
import fetch from "node-fetch";
import { WebSocket as Plain } from "ws";

chai.use(chaiString);

class WebSocket extends Plain {
  #waiting = [];

  emit(...event) {
    if (event[0] !== "message" && event[0] !== "close") return super.emit(...event);
    this.#waiting.push(event);
    if (this.#waiting.length === 1) this.#next();
    return true;
  }

  #next() {
    super.emit(...this.#waiting[0]);
    setTimeout(() => {
      this.#waiting.shift();
      if (this.#waiting.length > 0) this.#next();
    }, 1);
  }
}

Object.assign(globalThis, { fetch, WebSocket, chai });
