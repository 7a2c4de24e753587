(component
  (type $failure (record
    (field "code" string) (field "message" string) (field "address" (option string))
    (field "hint" (option string)) (field "details" (option string))))
  (import "acetate:plugin/types@0.1.0" (instance $types
    (type $f (record
      (field "code" string) (field "message" string) (field "address" (option string))
      (field "hint" (option string)) (field "details" (option string))))
    (export "failure" (type (eq $f)))))
  (alias export $types "failure" (type $shared))
  (import "acetate:plugin/edit@0.1.0" (instance $edit
    (alias outer 1 $shared (type $f))
    (export "failure" (type $g (eq $f)))
    (export "set-tag" (func
      (param "name" string) (param "value" string) (result (result (error $g)))))
    (export "set-env" (func (param "container" string) (param "name" string)
      (param "value" string) (result (result (error $g)))))
    (export "set-json" (func
      (param "address" string) (param "value" string) (result (result (error $g)))))
    (export "remove" (func (param "address" string) (result (result (error $g)))))))
  (import "acetate:plugin/task@0.1.0" (instance $task
    (alias outer 1 $shared (type $f))
    (export "failure" (type $g (eq $f)))
    (export "family" (func (result string)))
    (export "json" (func
      (param "address" string) (result (result (option string) (error $g)))))))
  (import "acetate:plugin/diagnostics@0.1.0" (instance $diagnostics
    (export "report" (func (param "severity" string) (param "code" string)
      (param "message" string) (param "address" (option string))))))

  ;; Memory with words in it that mean something, where a small number points to.
  (core module $libc
    (memory (export "memory") 2)
    (data (i32.const 0) "team app LOG_LEVEL PATH /tags/team/value /containerDefinitions/app/image \"x\" {} error warning")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 4096))
  (core instance $libc (instantiate $libc))
  (core func $set-tag (canon lower (func $edit "set-tag") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core func $set-env (canon lower (func $edit "set-env") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core func $set-json (canon lower (func $edit "set-json") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core func $remove (canon lower (func $edit "remove") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core func $json (canon lower (func $task "json") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core func $family (canon lower (func $task "family") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core func $report (canon lower (func $diagnostics "report") (memory $libc "memory") (realloc (func $libc "realloc"))))

  (; main.wat ;)
  (core instance $main (instantiate $main (with "env" (instance
    (export "memory" (memory $libc "memory"))
    (export "set-tag" (func $set-tag))
    (export "set-env" (func $set-env))
    (export "set-json" (func $set-json))
    (export "remove" (func $remove))
    (export "json" (func $json))
    (export "family" (func $family))
    (export "report" (func $report))))))
  (func $apply (result (result (error $shared)))
    (canon lift (core func $main "apply") (memory $libc "memory")))
  (component $shim
    (import "failure" (type $f (eq $failure)))
    (import "apply" (func $apply (result (result (error $f)))))
    (export $out "failure" (type $f))
    (export "apply" (func $apply) (func (result (result (error $out))))))
  (instance $overlay (instantiate $shim
    (with "failure" (type $shared)) (with "apply" (func $apply))))
  (export "acetate:plugin/overlay@0.1.0" (instance $overlay)))
