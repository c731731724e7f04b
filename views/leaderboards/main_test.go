package leaderboards_test

import (
	"testing"

	"bustop/views/viewtest"
)

func TestMain(m *testing.M) { viewtest.Main(m) }
