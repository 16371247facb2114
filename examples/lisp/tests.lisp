; The tests of the example: lisp tests.lisp
(check (+ 1 2 3) 6)
(check (if (< 1 2) 'yes 'no) 'yes)
(check (if nil 1) nil)
(check '(1 . (2 . (3 . 4))) '(1 2 3 . 4))
(check (let ((a 1) (b 2)) (set! a 10) (list a b)) '(10 2))
(check (and 1 2 nil (car 1)) nil)
(check (or nil 3 (car 1)) 3)
(check (join "a" 1 '(b)) "a1(b)")
(check (apply + '(1 2 3)) 6)

; Closures keep what they need.
(define (counter)
  (let ((n 0)) (lambda () (set! n (+ n 1)))))
(define c (counter))
(c) (c)
(check (c) 3)
(check ((lambda (a . rest) rest) 1 2 3) '(2 3))

; A tail call takes no stack; a deep recursion is an error, not a crash.
(define (count n) (if (= n 0) 'done (count (- n 1))))
(check (count 100000) 'done)
(define (deep n) (+ 1 (deep n)))
(check (fails (lambda () (deep 1))) "too deep")
(check (fails (lambda () (car 1))) "expected a list, got 1")
(check (fails (lambda () unknown)) "unknown: unknown")
(check (fails (lambda () (c 1))) "an argument too much")

; A list of a hundred thousand dies without recursion.
(define (numbers n) (let ((list nil)) (while (< 0 n) (set! list (cons n list)) (set! n (- n 1))) list))
(define long (numbers 100000))
(check (car long) 1)
(set! long nil)

; Cycles: a pair in itself, closures in their own scopes.
(define (make-cycles n)
  (while (< 0 n)
    (let ((p (cons n nil)))
      (set-cdr! p p)
      (define (self) self))
    (set! n (- n 1))))
(define before 0)
(gc)
(set! before (objects))
(make-cycles 1000)
(gc)
(check (< (- (objects) before) 30) t)
(define ring (list 1 2))
(set-cdr! (cdr ring) ring)
(check (< (objects) 1000000) t)

; A function that runs when an object is gone.
(define gone 0)
(define box (cons 1 2))
(define watch (when-gone box (lambda () (set! gone (+ gone 1)))))
(check gone 0)
(set! box nil)
(check gone 1)

; Strings count towards collections.
(define (double s n) (if (= n 0) s (double (join s s) (- n 1))))
(define text (double "0123456789" 10))
(while (< gone 200)
  (let ((p (cons (join text text) nil))) (set-cdr! p p))
  (set! gone (+ gone 1)))

; Queens: 8 on a board.
(define (safe? row rows distance)
  (or (= rows nil)
      (and (if (= (car rows) row) nil t)
           (if (= (car rows) (+ row distance)) nil t)
           (if (= (car rows) (- row distance)) nil t)
           (safe? row (cdr rows) (+ distance 1)))))
(define (queens n rows left)
  (if (= left 0)
      1
      (let ((row 0) (found 0))
        (while (< row n)
          (if (safe? row rows 1) (set! found (+ found (queens n (cons row rows) (- left 1)))))
          (set! row (+ row 1)))
        found)))
(check (queens 6 nil 6) 4)
