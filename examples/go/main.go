// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// weir from Go, by the small binding beside this file: goroutines await exports, a goroutine answers the guest's async
// import, a stream is an io.Reader, tickets are resources of Go, and a context cancels a call.
//
//	binder examples/guests/wat/binder.wat
package main

/*
#include <stdlib.h>

#include "glue.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/cgo"
	"time"
	"unsafe"
)

type ticket struct{ number uint32 }

//export goDrop
func goDrop(rep C.uintptr_t) {
	fmt.Printf("ticket %d is gone\n", cgo.Handle(rep).Value().(ticket).number)
	cgo.Handle(rep).Delete()
}

func sleep(ctx context.Context, milliseconds C.uint32_t) error {
	select {
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func define(p *Program) error {
	name := C.CString("ticket")
	defer C.free(unsafe.Pointer(name))
	var failure *C.weir_error
	if err := must(C.glue_define_ticket(p.linker, name, &failure), failure); err != nil {
		return err
	}
	err := p.define("number", "func(t: borrow<ticket>) -> u32", func(call *C.weir_host_call, args *C.weir_value) {
		var rep C.uint64_t
		C.weir_resource_rep(args, &rep)
		result := C.glue_u32(C.uint32_t(cgo.Handle(rep).Value().(ticket).number))
		C.weir_host_call_return(call, &result, nil)
	})
	if err != nil {
		return err
	}
	return p.DefineAsync("sleep", "async func(ms: u32)", sleep)
}

func (p *Program) newTicket(number uint32) C.weir_value {
	var value C.weir_value
	var failure *C.weir_error
	name := C.CString("ticket")
	defer C.free(unsafe.Pointer(name))
	handle := cgo.NewHandle(ticket{number})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := must(C.weir_resource_new(p.instance, nil, name, C.uint64_t(handle), &value, &failure), failure); err != nil {
		handle.Delete()
		panic(err)
	}
	return value
}

func (p *Program) u32(name string, args ...C.weir_value) uint32 {
	value, err := p.Call(context.Background(), name, args...)
	if err != nil {
		panic(err)
	}
	return uint32(C.glue_get_u32(&value))
}

func naps(p *Program) {
	gave := []chan uint32{make(chan uint32), make(chan uint32)}
	for i, milliseconds := range []C.uint32_t{30, 10} {
		go func(i int, milliseconds C.uint32_t) {
			gave[i] <- p.u32("nap", C.glue_u32(milliseconds), C.glue_u32(C.uint32_t(i+1)))
		}(i, milliseconds)
	}
	for i := range gave {
		fmt.Printf("nap %d gave %d\n", i+1, <-gave[i])
	}
}

func words(p *Program) error {
	value, err := p.Call(context.Background(), "words")
	if err != nil {
		return err
	}
	stream := p.NewStream(value)
	defer stream.Close()
	text, err := io.ReadAll(stream)
	fmt.Printf("%s", text)
	return err
}

func tickets(p *Program) {
	fmt.Printf("look gave %d\n", p.u32("look", p.newTicket(7)))
	fmt.Printf("spend gave %d\n", p.u32("spend", p.newTicket(8)))
}

func cancelled(p *Program) {
	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	_, err := p.Call(ctx, "nap", C.glue_u32(3600000), C.glue_u32(3))
	if errors.Is(err, context.Canceled) {
		fmt.Println("the long nap: WEIR_ERR_CANCELLED")
	}
}

func main() {
	bytes, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	p, err := New(bytes, define)
	if err != nil {
		panic(err)
	}
	naps(p)
	if err := words(p); err != nil {
		panic(err)
	}
	tickets(p)
	cancelled(p)
	p.Close()
}
