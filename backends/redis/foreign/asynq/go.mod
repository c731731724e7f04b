module foreign/asynq

go 1.24

require github.com/hibiken/asynq v0.25.1
