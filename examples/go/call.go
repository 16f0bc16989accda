// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Calls of exports, from any goroutine.
package main

/*
#include <stdlib.h>

#include "glue.h"
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"unsafe"
)

type outcome struct {
	value C.weir_value
	err   error
}

// Call calls an export and waits for its result. When the context ends, the guest is asked to give up.
func (p *Program) Call(ctx context.Context, name string, args ...C.weir_value) (C.weir_value, error) {
	cName := C.CString(name)
	defer C.free(unsafe.Pointer(cName))
	ended := make(chan outcome, 1)
	handle := cgo.NewHandle(ended)
	var call *C.weir_call
	var failure *C.weir_error
	var first *C.weir_value
	if len(args) > 0 {
		first = &args[0]
	}
	p.mu.Lock()
	function := C.weir_component_find_func(p.component, nil, cName)
	err := must(C.glue_call(p.instance, function, first, C.size_t(len(args)), C.uintptr_t(handle), &call, &failure), failure)
	for i := range args {
		C.weir_value_clear(&args[i]) // what was lent stays until the call has ended; the rest was taken
	}
	p.mu.Unlock()
	if err != nil {
		handle.Delete()
		return C.weir_value{}, err
	}
	select {
	case p.wake <- struct{}{}: // its result may be there
	default:
	}
	select {
	case done := <-ended:
		return done.value, done.err
	case <-ctx.Done():
		C.weir_call_cancel(call) // from whatever thread this goroutine is on
		done := <-ended
		return done.value, done.err
	}
}

//export goEnded
func goEnded(handle C.uintptr_t, call *C.weir_call) {
	var done outcome
	var failure *C.weir_error
	done.err = must(C.weir_call_result(call, &done.value, &failure), failure)
	C.weir_call_free(call)
	cgo.Handle(handle).Value().(chan outcome) <- done
	cgo.Handle(handle).Delete()
}
