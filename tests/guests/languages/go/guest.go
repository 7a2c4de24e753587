// An overlay that means harm, in Go: it does what its configuration says under `start` while it is
// instantiated, and what it says under `do` when it is called. The bindings are written by hand.
package main

import (
	"fmt"
	"strings"
	"unsafe"
)

const mebibyte = 1 << 20

// Results lie in memory as the canonical ABI has it: a flag or two, and pairs of address and length.
type words [16]uint32

//go:wasmimport acetate:plugin/config@0.1.0 get
func configGet(pointer string, result *words)

//go:wasmimport acetate:plugin/diagnostics@0.1.0 trace
func trace(level, message string)

//go:wasmimport acetate:plugin/edit@0.1.0 set-env
func setEnv(container, name, value string, result *words)

//go:wasmimport acetate:plugin/target@0.1.0 get
func targetGet(key string, result *words)

// What the host wrote is kept for good: a run is short.
var kept [][]byte

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	piece := make([]byte, size+align)
	kept = append(kept, piece)
	return unsafe.Pointer((uintptr(unsafe.Pointer(&piece[0])) + uintptr(align) - 1) &^ (uintptr(align) - 1))
}

func told(pointer string) string {
	var result words
	configGet(pointer, &result)
	if result[0] != 0 || result[1] == 0 {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Pointer(uintptr(result[2]))), result[3])
}

func deeper(depth uint64) uint64 {
	var frame [64]uint64
	frame[depth%64] = depth
	return deeper(depth+1) + frame[depth%64]
}

func memory(piece int) {
	var all [][]byte
	for {
		all = append(all, []byte(strings.Repeat("x", piece)))
	}
}

var failure, result words
var text string

func act(deed string) *words {
	result = words{}
	switch deed {
	case "loop":
		for {
			result[15]++
		}
	case "recursion":
		result[15] = uint32(deeper(0))
	case "memory-once":
		memory(1 << 30)
	case "memory-many":
		memory(64 << 10)
	case "memory-three":
		memory(100 << 20)
	case "string":
		trace("info", unsafe.String((*byte)(unsafe.Pointer(&result)), 1<<30))
	case "argument-over":
		setEnv("app", "BIG", strings.Repeat("x", mebibyte+1-6), &result)
	case "failure-over":
		text = strings.Repeat("x", mebibyte+1-6)
		code := "x-over"
		return &words{1,
			uint32(uintptr(unsafe.Pointer(unsafe.StringData(code)))), uint32(len(code)),
			uint32(uintptr(unsafe.Pointer(unsafe.StringData(text)))), uint32(len(text))}
	case "key-over":
		targetGet(strings.Repeat("k", mebibyte+1), &result)
	case "edits":
		for number := 0; result[0] == 0; number++ {
			setEnv("app", fmt.Sprintf("N%d", number), "x", &result)
		}
	case "panic":
		panic("the plugin's own words")
	case "polite":
		setEnv("app", "POLITE", "yes", &result)
	}
	return &result
}

func init() {
	if deed := told("/start"); deed != "" {
		act(deed)
	}
}

//go:wasmexport acetate:plugin/overlay@0.1.0#apply
func apply() unsafe.Pointer {
	return unsafe.Pointer(act(told("/do")))
}

func main() {}
