module weir.example/binder

go 1.21
