// An overlay that means harm, in C without a library: it does what its configuration says under
// `start` while it is instantiated, and what it says under `do` when it is called.
#include <stddef.h>
#include <stdint.h>

#define IMPORT(interface, function) \
  __attribute__((import_module("acetate:plugin/" interface "@0.1.0"), import_name(function)))
#define EXPORT(name) __attribute__((export_name(name)))

typedef struct { const char *text; size_t length; } string;
// `result<option<string>, failure>` as it lies in memory: the failure is the larger of both.
typedef struct { uint8_t is_error; uint8_t pad[3]; uint8_t is_some; uint8_t more[3]; string some; uint8_t rest[44]; } found;
// `result<_, failure>`.
typedef struct { uint32_t is_error; string code, message; uint32_t options[9]; } done;

IMPORT("config", "get") void config_get(const char *, size_t, found *);
IMPORT("diagnostics", "trace") void trace(const char *, size_t, const char *, size_t);
IMPORT("edit", "set-env") void set_env(const char *, size_t, const char *, size_t, const char *, size_t, done *);
IMPORT("target", "get") void target_get(const char *, size_t, void *);

#define MEBIBYTE ((size_t)1 << 20)
#define PAGE ((size_t)65536)

extern uint8_t __heap_base;
static uint8_t *free_from, *free_to;

static void *take(size_t bytes) {
  if (!free_from) {
    free_from = &__heap_base;
    free_to = (uint8_t *)(__builtin_wasm_memory_size(0) * PAGE);
  }
  bytes = (bytes + 15) & ~(size_t)15;
  if ((size_t)(free_to - free_from) < bytes) {
    size_t pages = (bytes + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
    free_to += pages * PAGE;
  }
  uint8_t *taken = free_from;
  free_from += bytes;
  return taken;
}

EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)align; // `take` aligns to 16, more than any type needs
  uint8_t *taken = take(size);
  for (size_t at = 0; at < old_size; at++) taken[at] = ((uint8_t *)old)[at];
  return taken;
}

static char *filled(size_t length) {
  volatile char *text = take(length);
  for (size_t at = 0; at < length; at++) text[at] = 'x';
  return (char *)text;
}

static void memory(size_t piece) {
  for (;;) {
    volatile char *taken = take(piece);
    for (size_t at = 0; at < piece; at += 4096) taken[at] = 1;
  }
}

static volatile uint64_t sink;

__attribute__((noinline)) static uint64_t deeper(uint64_t depth) {
  uint64_t below = depth == 0 ? 0 : deeper(depth - 1);
  return below * 3 ^ depth;
}

static void edits(void) {
  for (uint32_t number = 0;; number++) {
    char name[] = "N00000000";
    for (int at = 0; at < 8; at++) name[1 + at] = "0123456789abcdef"[number >> 4 * (7 - at) & 15];
    done result;
    set_env("app", 3, name, 9, "x", 1, &result);
    if (result.is_error) return;
  }
}

static int is(string deed, const char *name) {
  size_t at = 0;
  for (; at < deed.length && name[at]; at++)
    if (deed.text[at] != name[at]) return 0;
  return at == deed.length && !name[at];
}

static string told(const char *pointer, size_t length) {
  found result = {0};
  config_get(pointer, length, &result);
  return result.is_error || !result.is_some ? (string){"", 0} : result.some;
}

static done act(string deed) {
  done result = {0};
  if (is(deed, "loop")) while (!sink) {}
  if (is(deed, "recursion")) sink = deeper(UINT64_MAX);
  if (is(deed, "memory-once")) memory((size_t)1 << 30);
  if (is(deed, "memory-many")) memory(PAGE);
  if (is(deed, "memory-three")) memory(100 * MEBIBYTE);
  if (is(deed, "string")) trace("info", 4, (const char *)1024, (size_t)1 << 30);
  if (is(deed, "argument-over")) set_env("app", 3, "BIG", 3, filled(MEBIBYTE - 5), MEBIBYTE - 5, &result);
  if (is(deed, "key-over")) target_get(filled(MEBIBYTE + 1), MEBIBYTE + 1, &result);
  if (is(deed, "failure-over"))
    result = (done){1, {"x-over", 6}, {filled(MEBIBYTE - 5), MEBIBYTE - 5}, {0}};
  if (is(deed, "edits")) edits();
  if (is(deed, "panic")) __builtin_trap();
  if (is(deed, "polite")) set_env("app", 3, "POLITE", 6, "yes", 3, &result);
  return result;
}

EXPORT("_initialize")
void initialize(void) {
  string deed = told("/start", 6);
  if (deed.length) act(deed);
}

EXPORT("acetate:plugin/overlay@0.1.0#apply")
done *apply(void) {
  static done result;
  result = act(told("/do", 3));
  return &result;
}
