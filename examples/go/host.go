// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Host functions: a goroutine answers, and gives up when the guest cancels.
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

// Host is a host function: it may take its time, and gives up when the guest cancels it.
type Host func(ctx context.Context, arg C.uint32_t) error

type hostFunction struct {
	program *Program
	run     func(call *C.weir_host_call, args *C.weir_value)
}

// Define defines an import that is given as a signature in WIT.
func (p *Program) define(name, signature string, run func(call *C.weir_host_call, args *C.weir_value)) error {
	cName, cSignature := C.CString(name), C.CString(signature)
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cSignature))
	handle := cgo.NewHandle(hostFunction{p, run})
	var failure *C.weir_error
	err := must(C.glue_define(p.linker, cName, cSignature, C.uintptr_t(handle), &failure), failure)
	if err != nil {
		handle.Delete()
	}
	return err
}

// DefineAsync defines an import of one u32 that a goroutine answers.
func (p *Program) DefineAsync(name, signature string, host Host) error {
	return p.define(name, signature, func(call *C.weir_host_call, args *C.weir_value) {
		arg := C.glue_get_u32(args)
		ctx, cancel := context.WithCancel(context.Background())
		var completion *C.weir_completion
		if C.weir_host_call_detach(call, &completion) != C.WEIR_OK {
			cancel()
			return
		}
		C.glue_on_cancel(call, C.uintptr_t(cgo.NewHandle(cancel)))
		p.hosts.Add(1)
		go func() {
			defer p.hosts.Done()
			defer C.weir_completion_free(completion)
			defer cancel()
			finish(completion, ctx, host(ctx, arg))
		}()
	})
}

func finish(completion *C.weir_completion, ctx context.Context, err error) {
	switch {
	case err == nil:
		C.weir_completion_return(completion, nil, nil)
	case ctx.Err() != nil:
		C.weir_completion_cancelled(completion)
	default:
		words := C.CString(err.Error())
		C.weir_completion_fail(completion, words)
		C.free(unsafe.Pointer(words))
	}
}

//export goHost
func goHost(function C.uintptr_t, call *C.weir_host_call, args *C.weir_value) {
	cgo.Handle(function).Value().(hostFunction).run(call, args)
}

//export goForget
func goForget(handle C.uintptr_t) {
	cgo.Handle(handle).Delete()
}

//export goCancelled
func goCancelled(handle C.uintptr_t) {
	cgo.Handle(handle).Value().(context.CancelFunc)()
}
