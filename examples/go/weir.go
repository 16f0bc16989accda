// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A small binding of weir for Go. A goroutine drives the store, any goroutine calls exports and waits for them, host
// functions are functions of Go that run in goroutines of their own, and a context cancels in both directions.
package main

/*
#include <stdlib.h>

#include "glue.h"
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Program is one instance of a component in a store of its own.
type Program struct {
	mu        sync.Mutex // one goroutine at a time is in the store
	engine    *C.weir_engine
	component *C.weir_component
	linker    *C.weir_linker
	store     *C.weir_store
	instance  *C.weir_instance
	wake      chan struct{}
	self      cgo.Handle
	running   sync.WaitGroup
	hosts     sync.WaitGroup
	end       chan struct{}
}

// Host is a host function: it may take its time, and gives up when the guest cancels it.
type Host func(ctx context.Context, arg C.uint32_t) error

func must(status C.weir_status, failure *C.weir_error) error {
	if status == C.WEIR_OK {
		return nil
	}
	defer C.weir_error_free(failure)
	if status == C.WEIR_ERR_CANCELLED {
		return context.Canceled
	}
	if failure != nil {
		return errors.New(C.GoString(C.weir_error_message(failure)))
	}
	return errors.New(C.GoString(C.weir_status_name(status)))
}

// New makes a program; the guest's imports are defined by `define`.
func New(bytes []byte, define func(p *Program) error) (*Program, error) {
	p := &Program{wake: make(chan struct{}, 1), end: make(chan struct{})}
	var failure *C.weir_error
	p.self = cgo.NewHandle(p)
	err := must(C.weir_engine_new(nil, &p.engine, &failure), failure)
	if err == nil {
		err = must(C.weir_component_new(p.engine, unsafe.Pointer(&bytes[0]), C.size_t(len(bytes)), &p.component, &failure), failure)
	}
	if err == nil {
		err = must(C.weir_linker_new(p.engine, &p.linker, &failure), failure)
	}
	if err == nil {
		err = define(p)
	}
	if err == nil {
		err = must(C.glue_store_new(p.engine, C.uintptr_t(p.self), &p.store, &failure), failure)
	}
	if err == nil {
		err = must(C.weir_instance_new(p.store, p.linker, p.component, &p.instance, &failure), failure)
	}
	p.running.Add(1)
	go p.drive()
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close ends the program. No call may be under way in another goroutine.
func (p *Program) Close() {
	close(p.end)
	p.running.Wait()
	p.mu.Lock()
	C.weir_store_free(p.store)
	p.mu.Unlock()
	p.hosts.Wait()
	C.weir_linker_free(p.linker)
	C.weir_component_free(p.component)
	C.weir_engine_free(p.engine)
	p.self.Delete()
}

func (p *Program) drive() {
	defer p.running.Done()
	for {
		p.mu.Lock()
		more := p.store != nil && C.weir_store_step(p.store) == C.WEIR_STEP_READY
		p.mu.Unlock()
		if more {
			continue
		}
		select {
		case <-p.wake:
		case <-p.end:
			return
		}
	}
}

//export goWake
func goWake(self C.uintptr_t) {
	select {
	case cgo.Handle(self).Value().(*Program).wake <- struct{}{}:
	default: // it is to be stepped already
	}
}

// ---- host functions -----------------------------------------------------------------------------------------------

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

// ---- calls --------------------------------------------------------------------------------------------------------

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

// ---- streams ------------------------------------------------------------------------------------------------------

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
