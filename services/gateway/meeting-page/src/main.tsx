import { setLogLevel } from "livekit-client";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import "./meet.css";

// Its debug log would hold what is written in the chat.
setLogLevel("warn");

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
