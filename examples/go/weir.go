// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A small binding of weir for Go. A goroutine drives the store, any goroutine calls exports and waits for them, host
// functions are functions of Go that run in goroutines of their own, and a context cancels in both directions. This page
// has the program and its store; host.go, call.go and stream.go have the rest.
package main

/*
#include <stdlib.h>

#include "glue.h"
*/
import "C"

import (
	"context"
	"errors"
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
