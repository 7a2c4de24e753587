// An overlay that means harm, in JavaScript: it does what its configuration says under `start` as
// early as it can, and what it says under `do` when it is called.
//
// Code of the module itself runs while the component is made, where no host answers, and what it
// leaves in memory is part of the component. So a plugin starts where its export is looked up.
import { get } from "acetate:plugin/config@0.1.0";
import { trace } from "acetate:plugin/diagnostics@0.1.0";
import { setEnv } from "acetate:plugin/edit@0.1.0";
import { get as target } from "acetate:plugin/target@0.1.0";

const MEBIBYTE = 1 << 20;

function memory(piece) {
  const all = [];
  for (;;) all.push(new Uint8Array(piece).fill(1));
}

function recursion(depth) {
  return 1 + recursion(depth + 1);
}

const deeds = {
  loop() {
    for (;;);
  },
  recursion: () => recursion(0),
  "memory-once": () => memory(1 << 30),
  "memory-many": () => memory(64 << 10),
  "memory-three": () => memory(100 << 20),
  string: () => trace("info", "x".repeat((1 << 30) - 1)),
  "argument-over": () => setEnv("app", "BIG", "x".repeat(MEBIBYTE + 1 - 6)),
  "failure-over"() {
    throw { code: "x-over", message: "x".repeat(MEBIBYTE + 1 - 6) };
  },
  "key-over": () => target("k".repeat(MEBIBYTE + 1)),
  edits() {
    for (let number = 0; ; number++) setEnv("app", `N${number}`, "x");
  },
  panic() {
    throw new Error("the plugin's own words");
  },
  polite: () => setEnv("app", "POLITE", "yes"),
};

function start(deed) {
  if (deed) deeds[deed]();
}

export const overlay = {
  get apply() {
    start(get("/start"));
    return () => deeds[get("/do")]();
  },
};
