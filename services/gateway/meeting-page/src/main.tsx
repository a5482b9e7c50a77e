import { setLogLevel } from "livekit-client";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import "./meet.css";

// Its debug log would hold what is written in the chat; what it warns of it heals itself.
setLogLevel("error");

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
