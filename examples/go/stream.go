// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Streams that are read.
package main

/*
#include <stdlib.h>

#include "glue.h"
*/
import "C"

import (
	"io"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Stream is an io.Reader of a stream<u8>.
type Stream struct {
	program *Program
	end     *C.weir_stream
}

// NewStream takes the readable end out of a value.
func (p *Program) NewStream(value C.weir_value) *Stream {
	return &Stream{p, C.weir_stream_from_value(&value)}
}

// Read pins the buffer for as long as the store has it.
func (s *Stream) Read(buffer []byte) (int, error) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(&buffer[0])
	copied := make(chan int, 1)
	handle := cgo.NewHandle(copied)
	var failure *C.weir_error
	s.program.mu.Lock()
	err := must(C.glue_read(s.end, unsafe.Pointer(&buffer[0]), C.size_t(len(buffer)), C.uintptr_t(handle), &failure), failure)
	s.program.mu.Unlock()
	if err != nil {
		handle.Delete()
		return 0, err
	}
	goWake(C.uintptr_t(s.program.self))
	if count := <-copied; count > 0 {
		return count, nil
	}
	return 0, io.EOF
}

// Close drops the end, from any thread.
func (s *Stream) Close() { C.weir_stream_drop(s.end) }

//export goCopied
func goCopied(handle C.uintptr_t, count C.size_t) {
	cgo.Handle(handle).Value().(chan int) <- int(count)
	cgo.Handle(handle).Delete()
}
